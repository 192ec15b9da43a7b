from __future__ import annotations

import pytest

from clamgate.config.signature_classes import CLASSES, SHIPPED
from clamgate.core.signatures import SignatureClasses

TABLE = SignatureClasses(SHIPPED)

NAMES = {
    "Eicar-Signature": "test",
    "Win.Test.EICAR_HDB-1": "test",
    "Clamav.Test.File-6.UNOFFICIAL": "test",
    "Sanesecurity.TestSig_Type4_Hdr_2.UNOFFICIAL": "test",
    "Heuristics.Encrypted.Zip": "encrypted",
    "Heuristics.Encrypted.PDF": "encrypted",
    "Heuristics.OLE2.ContainsMacros.VBA": "macro",
    "Heuristics.Limits.Exceeded.MaxRecursion": "limits",
    "Heuristics.Structured.CreditCardNumber": "structured",
    "Heuristics.Structured.SSN": "structured",
    "Heuristics.Phishing.Email.SpoofedDomain": "phishing",
    "Email.Phishing.VOF2-6301034-0": "phishing",
    "Html.Phishing.Bank-1": "phishing",
    "Sanesecurity.Phishing.Cur.1.UNOFFICIAL": "phishing",
    "PUA.Win.Packer.Upx-1": "pua",
    "Win.Adware.Agent-1": "pua",
    "Sanesecurity.Junk.1.UNOFFICIAL": "spam",
    "Sanesecurity.Jurlbl.abc.UNOFFICIAL": "spam",
    "winnow.spam.ts.1.UNOFFICIAL": "spam",
    "winnow.phish.ts.1.UNOFFICIAL": "phishing",
    "MBL_NA.UNOFFICIAL": "spam",
    "Heuristics.Broken.Executable": "heuristic",
    "Heuristics.Trojan.Swizzor.Gen": "malware",
    "Sanesecurity.Malware.1.UNOFFICIAL": "malware",
    "Sanesecurity.Foxhole.Zip_fs1.UNOFFICIAL": "heuristic",
    "Win.Trojan.Agent-1": "malware",
    "Doc.Downloader.Emotet-1": "malware",
    "whatever this is": "malware",
}


@pytest.mark.parametrize(("name", "of_class"), NAMES.items())
def test_the_class_of_a_name(name: str, of_class: str) -> None:
    assert TABLE.class_of(name) == of_class


def test_each_class_is_described_and_has_an_example_above() -> None:
    assert TABLE.names == CLASSES.keys() == set(NAMES.values())
