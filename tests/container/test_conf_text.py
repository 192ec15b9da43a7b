from __future__ import annotations

from clamgate.config.problems import Place
from clamgate.container.conf_text import Setting, Source, combine, complaints

MOUNTED = b"# mine\nMaxThreads 10\nUser clamav\n\nMaxThreads 11\nTCPAddr ::1\n"


def conf(*settings: Setting, data: bytes = MOUNTED) -> bytes:
    return combine(Source("/etc/x.conf", data), settings).data


def test_a_setting_takes_the_place_of_all_that_is_said_of_it_and_lines_keep_their_numbers() -> None:
    assert conf(Setting("MaxThreads", ("20",), "me")) == (
        b"# mine\n# replaced: MaxThreads 10\nUser clamav\n\n"
        b"# replaced: MaxThreads 11\nTCPAddr ::1\nMaxThreads 20\n"
    )


def test_several_values_are_several_lines_and_none_takes_the_directive_out() -> None:
    assert conf(Setting("TCPAddr", ("a", "b"), "me"), data=b"TCPAddr c") == (
        b"# replaced: TCPAddr c\nTCPAddr a\nTCPAddr b\n"
    )
    assert conf(Setting("TCPAddr", (), "me"), data=b"TCPAddr c\n") == b"# replaced: TCPAddr c\n"


def test_bytes_that_are_no_text_are_left_as_they_are() -> None:
    assert conf(data=b"# caf\xe9\n") == b"# caf\xe9\n"


def test_blanks_at_the_ends_of_a_value_are_kept_by_quotes() -> None:
    assert conf(Setting("TagSubject", ("[VIRUS] ",), "me"), data=b"") == b'TagSubject "[VIRUS] "\n'
    quoted = Setting("VirusEvent", ('"/x %v"',), "me")
    assert conf(quoted, data=b"") == b'VirusEvent "/x %v"\n'


def test_each_line_knows_who_wrote_it() -> None:
    effective = combine(
        Source("/etc/x.conf", MOUNTED),
        [Setting("A", ("1", "2"), "variable A"), Setting("B", ("3",), "variable B")],
    )
    assert effective.origin(2) == Place("/etc/x.conf", 2)
    assert effective.origin(6) == Place("/etc/x.conf", 6)
    assert [effective.origin(line) for line in (7, 8, 9)] == [
        Place("variable A"),
        Place("variable A"),
        Place("variable B"),
    ]
    assert effective.place_of("B") == Place("variable B")
    assert effective.place_of("User") == Place("/etc/x.conf", 3)
    assert effective.place_of("C") == Place("/etc/x.conf")
    assert effective.first("MaxThreads") == "10"
    assert effective.first("C", "none") == "none"


def test_complaints_are_told_where_their_author_will_look() -> None:
    effective = combine(
        Source("/etc/x.conf", MOUNTED),
        [Setting("Foo", ("1",), "environment variable CLAMD_CONF_Foo")],
    )
    output = (
        "ERROR: Parse error at /run/x.conf:7: Unknown option Foo\n"
        "ERROR: Incorrect argument format for option MaxThreads\n"
        "ERROR: Can't open/parse the config file /run/x.conf\n"
    )
    assert complaints(output, effective) == [
        "environment variable CLAMD_CONF_Foo: Unknown option Foo",
        "/etc/x.conf:2: Incorrect argument format for option MaxThreads",
    ]


def test_a_complaint_of_an_unknown_form_is_told_as_it_is() -> None:
    effective = combine(Source("/etc/x.conf", b""), [])
    assert complaints("ERROR: no luck today\n", effective) == ["/etc/x.conf: no luck today"]
    last = "ERROR: Can't open/parse the config file /run/x.conf"
    assert complaints(last, effective) == [
        "/etc/x.conf: Can't open/parse the config file /run/x.conf"
    ]
