"""Links that must reach nothing: `{port}` is that of a server which tells when it is reached."""

from typing import NamedTuple

from cliply.errors import ErrorCode

REFUSED = ErrorCode.address_refused
FOREIGN = ErrorCode.link_not_allowed
INVALID = ErrorCode.link_invalid


class Hostile(NamedTuple):
    url: str
    code: ErrorCode
    """Of `check_link`."""


WRITTEN = [
    # schemes
    Hostile("http://media.example/v", REFUSED),
    Hostile("http://127.0.0.1:{port}/", REFUSED),
    Hostile("ftp://127.0.0.1:{port}/v.mp4", REFUSED),
    Hostile("file:///etc/passwd", REFUSED),
    Hostile("gopher://127.0.0.1:{port}/_GET", REFUSED),
    Hostile("rtmp://127.0.0.1:{port}/live", REFUSED),
    Hostile("dict://127.0.0.1:{port}/d", REFUSED),
    Hostile("data:text/html,hello", REFUSED),
    Hostile("javascript:alert(1)", REFUSED),
    Hostile("//127.0.0.1:{port}/v", REFUSED),
    Hostile("https:127.0.0.1:{port}/v", REFUSED),
    Hostile("https:///127.0.0.1:{port}/v", REFUSED),
    Hostile("media.example/v", REFUSED),
    # ports
    Hostile("https://media.example:{port}/v", REFUSED),
    Hostile("https://media.example:22/v", REFUSED),
    Hostile("https://media.example:0/v", REFUSED),
    Hostile("https://media.example:65536/v", REFUSED),
    Hostile("https://media.example:-1/v", REFUSED),
    # user names
    Hostile("https://media.example@127.0.0.1:{port}/", REFUSED),
    Hostile("https://user:password@media.example/v", REFUSED),
    Hostile("https://media.example:443@127.0.0.1:{port}/", REFUSED),
    Hostile("https://127.0.0.1:{port}#@media.example/", REFUSED),
    Hostile("https://127.0.0.1:{port}?@media.example/", REFUSED),
    # names
    Hostile("https://localhost:{port}/", REFUSED),
    Hostile("https://localhost.:{port}/", REFUSED),
    Hostile("https://sub.localhost:{port}/", REFUSED),
    Hostile("https://metadata.google.internal/computeMetadata/v1/", REFUSED),
    Hostile("https://metadata/", REFUSED),
    Hostile("https://printer.local/", REFUSED),
    Hostile("https://evil.example/v", FOREIGN),
    Hostile("https://media.example.evil.example/v", FOREIGN),
    Hostile("https://evilmedia.example/v", FOREIGN),
    Hostile("https://media-example.evil.example/v", FOREIGN),
    Hostile("https://m\u0435dia.example/v", FOREIGN),  # a Cyrillic letter
    Hostile("https://\uff4dedia.example.evil.example/v", REFUSED),  # a full-width one
    Hostile("https://media\u3002example.evil.example/v", FOREIGN),  # an ideographic full stop
    Hostile("https://-media.example/v", REFUSED),
    Hostile("https://media..example/v", REFUSED),
    # what parsers read differently
    Hostile("https://media.example\\@127.0.0.1:{port}/", INVALID),
    Hostile("https:\\\\127.0.0.1:{port}/", INVALID),
    Hostile("https://127.0.0.1:{port}\\.media.example/", INVALID),
    Hostile("https://media.example/\nHost: 127.0.0.1", INVALID),
    Hostile("https://media.example\r\n.evil.example/", INVALID),
    Hostile("https://media.example\x00.evil.example/", INVALID),
    Hostile("https://media.example\t/v", INVALID),
    Hostile(" https://media.example/v", INVALID),
    Hostile("https://media.example/a b", INVALID),
    Hostile("https://%6dedia.example/v", REFUSED),
    Hostile("https://127.0.0.1%2f.media.example/", REFUSED),
    Hostile("https://127.0.0.1%00.media.example/", REFUSED),
    # IPv4 in other clothes
    Hostile("https://127.0.0.1:{port}/", REFUSED),
    Hostile("https://127.1:{port}/", REFUSED),
    Hostile("https://127.0.1:{port}/", REFUSED),
    Hostile("https://2130706433:{port}/", REFUSED),
    Hostile("https://0x7f000001:{port}/", REFUSED),
    Hostile("https://0x7f.0.0.1:{port}/", REFUSED),
    Hostile("https://0177.0.0.1:{port}/", REFUSED),
    Hostile("https://017700000001:{port}/", REFUSED),
    Hostile("https://127.0.0.01:{port}/", REFUSED),
    Hostile("https://127.0.0.1.:{port}/", REFUSED),
    Hostile("https://0/", REFUSED),
    Hostile("https://0.0.0.0:{port}/", REFUSED),
    Hostile("https://\u2460\u2461\u2466.0.0.1:{port}/", REFUSED),  # digits in circles
    Hostile("https://10.0.0.1/", REFUSED),
    Hostile("https://172.16.0.1/", REFUSED),
    Hostile("https://192.168.1.1/", REFUSED),
    Hostile("https://100.64.0.1/", REFUSED),  # carrier-grade NAT
    Hostile("https://169.254.169.254/latest/meta-data/", REFUSED),
    Hostile("https://168.63.129.16/", REFUSED),
    Hostile("https://224.0.0.1/", REFUSED),
    Hostile("https://255.255.255.255/", REFUSED),
    Hostile("https://198.18.0.1/", REFUSED),
    Hostile("https://8.8.8.8/", FOREIGN),
    # IPv6
    Hostile("https://[::1]:{port}/", REFUSED),
    Hostile("https://[::]:{port}/", REFUSED),
    Hostile("https://[::ffff:127.0.0.1]:{port}/", REFUSED),
    Hostile("https://[::ffff:7f00:1]:{port}/", REFUSED),
    Hostile("https://[::127.0.0.1]:{port}/", REFUSED),
    Hostile("https://[64:ff9b::7f00:1]:{port}/", REFUSED),  # NAT64
    Hostile("https://[2002:7f00:1::]:{port}/", REFUSED),  # 6to4
    Hostile("https://[2001:0:7f00:1::]/", REFUSED),  # Teredo
    Hostile("https://[fe80::1]:{port}/", REFUSED),
    Hostile("https://[fe80::1%25lo]:{port}/", REFUSED),
    Hostile("https://[fd00:ec2::254]/", REFUSED),
    Hostile("https://[ff02::1]/", REFUSED),
    Hostile("https://[::1", REFUSED),
]

RESOLVED = [
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.31.0.1", "192.168.0.10", "100.127.0.1",
    "169.254.169.254", "224.0.0.5", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
    "64:ff9b::a00:1", "2002:a00:1::", "fe80::1%1", "fd00:ec2::254", "fc00::1", "ff02::1",
]  # fmt: skip
"""Where a name that may be named leads."""

REDIRECTS = [
    "http://127.0.0.2:{port}/inside",
    "http://0x7f000002:{port}/inside",
    "http://[::ffff:127.0.0.2]:{port}/inside",
    "http://inside.example:{port}/inside",
    "http://media.example@127.0.0.2:{port}/inside",
    "https://127.0.0.2:{port}/inside",
    "ftp://127.0.0.2:{port}/inside",
    "file:///etc/passwd",
]
"""Where a page that may be called sends on to."""
