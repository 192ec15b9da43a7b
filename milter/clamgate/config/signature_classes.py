"""The classes that names of signatures are sorted into: data, with where each row is from.

The first row that fits decides, and whatever fits none is malware: so a row errs on the side of
malware. To the sources:

- ClamAV: the names that libclamav 1.4 makes up itself (strings of the library), and the naming
  rules of its official databases, ``{platform}.{category}.{name}-{id}-{revision}``
  (https://docs.clamav.net/manual/Signatures/SignatureNames.html).
- amavis: ``@virus_name_to_spam_score_maps`` of amavisd, which has these names count as spam, those
  as infected.
- rspamd: the clamav scanner (``lualib/lua_scanners/clamav.lua``), which tells encrypted, macro and
  limits from viruses; ``JUST_EICAR`` of its manual's ``patterns``.
- haraka: the clamd plugin's switches (Broken.Executable, Structured, Encrypted, PUA, OLE2,
  Safebrowsing, Phishing), each of which is one class here.
- Sanesecurity: the meanings of its names (https://sanesecurity.com/support/documentation/).
- SecuriteInfo, winnow, Porcupine, ScamNailer, MSRBL, INetMsg: names as they show up in the lists
  of amavis, and in patterns that admins published for rspamd.
"""

from __future__ import annotations

from clamgate.core.signatures import Glob, SignatureClass

CLASSES = {
    "test": "test files and test signatures",
    "encrypted": "files with a password, which clamd cannot look into (AlertEncrypted)",
    "macro": "documents with macros, good or bad (AlertOLE2Macros)",
    "limits": "what went over a limit of clamd's own (AlertExceedsMax)",
    "structured": "numbers of credit cards and the like: data loss (StructuredDataDetection)",
    "phishing": "mail and links that pretend to be somebody",
    "pua": "possibly unwanted applications, adware, jokes (DetectPUA)",
    "spam": "spam and scam signatures of third parties",
    "heuristic": "other guesses of clamd's, broken files and odd names in archives",
    "malware": "everything else",
}
"""Each class, and what is in it."""

_ROWS = (
    # class, source, patterns
    ("test", "ClamAV, rspamd", "Eicar-* Eicar.* *.EICAR* *.Test.EICAR* Clamav.Test.* ClamAV-Test*"),
    ("test", "Sanesecurity, amavis", "*TestSig *TestSig_* *TestSig.*"),
    ("encrypted", "ClamAV, rspamd, haraka", "Heuristics.Encrypted.* Encrypted.*"),
    ("macro", "ClamAV, rspamd, haraka", "Heuristics.OLE2.ContainsMacros*"),
    ("limits", "ClamAV, rspamd", "Heuristics.Limits.*"),
    ("structured", "ClamAV, amavis, haraka", "Heuristics.Structured.* Structured.*"),
    ("malware", "ClamAV", "Heuristics.Trojan.* Heuristics.Worm.* Heuristics.W32.*"),
    ("malware", "ClamAV", "Heuristics.Exploit.* Heuristics.Safebrowsing.Suspected-malware*"),
    ("phishing", "ClamAV, amavis, haraka", "Heuristics.Phishing.* Heuristics.Safebrowsing.*"),
    ("phishing", "ClamAV, amavis", "Phishing.* *.Phishing.* Safebrowsing.*"),
    ("phishing", "Sanesecurity", "Sanesecurity.Phishing* Sanesecurity_PhishBar* *Phishtank*"),
    ("phishing", "Sanesecurity", "Sanesecurity.Spear* Sanesecurity.Fake* Sanesecurity.Doc.*"),
    ("phishing", "SecuriteInfo", "SecuriteInfo.com.Phish* SecuriteInfo_*Phishing*"),
    ("phishing", "amavis", "winnow.phish.*"),
    ("pua", "ClamAV, haraka", "PUA.* *.Adware.* *.Joke.*"),
    ("pua", "amavis", "VX.not-virus_* *-SecuriteInfo.com.Joke*"),
    ("pua", "SecuriteInfo", "SecuriteInfo.com.PUA.*"),
    ("heuristic", "Sanesecurity, amavis", "Sanesecurity.Foxhole.*"),
    ("malware", "Sanesecurity, amavis", "Sanesecurity.Malware* Sanesecurity.Rogue* *.Trojan.*"),
    ("malware", "Sanesecurity", "Sanesecurity.Badmacro* *.Malware.* URLhaus.*"),
    ("spam", "Sanesecurity, amavis", "Sanesecurity.*"),
    ("spam", "ClamAV, amavis", "Email.Spam* Email.Scam* Html.Scam* Html.Spam*"),
    ("spam", "SecuriteInfo", "SecuriteInfo.com.Spam*"),
    ("spam", "amavis", "MSRBL-Images* MSRBL-SPAM* winnow.spam.* INetMsg.SpamDomain-*"),
    ("spam", "rspamd's users", "Porcupine.Junk* ScamNailer.*"),
    ("spam", "amavis (false positives)", "MBL_NA"),
    ("heuristic", "ClamAV", "Heuristics.* Broken.*"),
)

SHIPPED = tuple(
    SignatureClass(name, tuple(map(Glob, globs.split()))) for name, _source, globs in _ROWS
)
"""The rows, in the order in which they are asked."""
