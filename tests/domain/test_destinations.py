"""Where may be sent to: public servers alone, however an address is written (SECURITY 83)."""

from __future__ import annotations

import pytest

from webapp.domain.destinations import DestinationRefused, DestinationRules, check_number, parse_destination

RULES = DestinationRules()
CLOSED = (
    # this host, private nets, links and clouds
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1"),
    *("127.255.255.255", "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.168.0.1"),
    *("192.168.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255"),
    *("198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    # the same, and others, in IPv6
    *("::", "::1", "::2", "::7f00:1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:8.8.8.8"),
    *("::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "100::1", "2001::1"),
    *("2001:0:7f00:1::", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::", "3fff::1"),
    *("5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "febf::1", "fec0::1", "ff02::1", "ff0e::1"),
)
OPEN = (
    *("1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255"),
    *("128.0.0.0", "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.0.1.0", "198.17.255.255", "223.255.255.255"),
    *("2001:200::1", "2606:4700:4700::1111", "2a00:1450:4001:80b::200a"),
)
CROOKED = (
    *("https://127.1/", "https://0x7f.1/", "https://2130706433/", "https://017700000001/", "https://0177.0.0.1/"),
    *(
        "https://127.0.0.01/",
        "https://0x7f000001/",
        "https://127.0.0.1./",
        "https://[::ffff:7f00:1]/",
        "https://[::1]/",
    ),
    *("https://localhost/", "https://localhost./", "https://LOCALHOST/", "https://push/", "https://①②⑦.⓪.⓪.①/"),
    *("https://a@push.example.org/", "http://a@127.0.0.1", "https://a:b@push.example.org/", "http://127.0.0.1#@ok"),
    *("http://ok\\@127.0.0.1", "https://push.example.org\\@127.0.0.1/", "https://push.example.org#@127.0.0.1/"),
    *(
        "https://push.example.org?x",
        "https://push.example.org/#x",
        "https://push.example.org./x",
        "https://.example.org/",
    ),
    *(
        "https://push..org/",
        "https://-a.org/",
        "https://a-.org/",
        "https://push.example.o/",
        "https://push.example.0rg/",
    ),
    *("https://push_a.example.org/", "https://push.example.org%00.evil.org/", "https://push.example.org%2f@evil.org/"),
    *("http://push.example.org/", "ftp://push.example.org/", "gopher://push.example.org/", "file:///etc/passwd"),
    *("HTTPS://push.example.org/", "//push.example.org/", "push.example.org", "", "https://", "https:///x"),
    *("https://push.example.org:80/", "https://push.example.org:22/", "https://push.example.org:6379/"),
    *("https://push.example.org:0443/", "https://push.example.org:99999/", "https://push.example.org:/"),
    *(
        "https://push.example.org/a b",
        "https://push.example.org/\r\nX: y",
        "https://push.example.org/\x00",
        " https://a.org/",
    ),
    *("https://push.example.org/é", "https://pusché.example.org/", "https://push.example.org/a\tb", "https://a.org/\\"),
    *(
        "https://[fe80::1%25eth0]/",
        "https://[::1/",
        "https://::1/",
        "https://8.8.8.8:8080/",
        f"https://a.org/{'x' * 2000}",
    ),
    f"https://{'a' * 64}.org/",
    f"https://{'.'.join(['a' * 60] * 5)}.org/",
    *(f"https://{f'[{number}]' if ':' in number else number}/send" for number in CLOSED),
)


@pytest.mark.parametrize("number", CLOSED)
def test_what_is_not_public_is_refused(number: str) -> None:
    with pytest.raises(DestinationRefused):
        check_number(number, RULES)


@pytest.mark.parametrize("number", OPEN)
def test_what_is_public_is_not(number: str) -> None:
    check_number(number, RULES)


@pytest.mark.parametrize("address", CROOKED)
def test_an_address_that_could_mean_another_host_is_refused(address: str) -> None:
    with pytest.raises(DestinationRefused):
        parse_destination(address, RULES)


@pytest.mark.parametrize(
    ("address", "origin", "path"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc:APA91b-_", "https://fcm.googleapis.com", "/fcm/send/abc:APA91b-_"),
        ("https://updates.push.services.mozilla.com/wpush/v2/gAAA", "https://updates.push.services.mozilla.com", None),
        ("https://wns2-par02p.notify.windows.com/w/?token=B%2f%3d", "https://wns2-par02p.notify.windows.com", None),
        ("https://web.push.apple.com:443/QGuQyavXu", "https://web.push.apple.com", "/QGuQyavXu"),
        ("https://Push.Example.ORG:8443/x?y=z&a", "https://push.example.org:8443", "/x?y=z&a"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example", "/"),
        ("https://8.8.8.8/x", "https://8.8.8.8", "/x"),
        ("https://[2606:4700:4700::1111]:8443/x", "https://[2606:4700:4700::1111]:8443", "/x"),
    ],
)
def test_the_addresses_of_push_services_are_taken(address: str, origin: str, path: str | None) -> None:
    target = parse_destination(address, RULES)
    assert target.origin == origin
    assert path in (None, target.path)


def test_an_installation_does_not_send_to_itself() -> None:
    rules = DestinationRules(frozenset({"stats.example.org", "198.41.0.4"}))
    for address in ("https://stats.example.org/x", "https://STATS.example.org:8443/", "https://198.41.0.4/"):
        with pytest.raises(DestinationRefused):
            parse_destination(address, rules)
    with pytest.raises(DestinationRefused):
        check_number("198.41.0.4", rules)


def test_tests_may_open_this_machine_and_nothing_else() -> None:
    rules = DestinationRules(frozenset({"127.0.0.1"}), allows_loopback=True)
    assert parse_destination("http://127.0.0.1:5001/x", rules).origin == "http://127.0.0.1:5001"
    check_number("::1", rules)
    for number in ("10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "0.0.0.0"):
        with pytest.raises(DestinationRefused):
            check_number(number, rules)
