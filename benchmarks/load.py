"""A small load generator: a few connections that ask one after the other for some seconds.

Run as ``python -m benchmarks.load PORT PATH COOKIE ENCODING SECONDS``; prints one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time

_CONNECTIONS = 8
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)


async def ask(port: int, request: bytes, until: float, times: list[float]) -> None:
    """Ask on one kept-alive connection until a moment; note the seconds of each answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < until:
        start = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not head.startswith(b"HTTP/1.1 200") or length is None:
            raise SystemExit(f"cannot measure this answer: {head[:200]!r}")
        await reader.readexactly(int(length[1]))
        times.append(time.perf_counter() - start)
        if b"connection: close" in head.lower():
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()


async def main(port: int, path: str, cookie: str, encoding: str, seconds: float) -> None:
    """Ask on every connection at once and print how many answers a second came."""
    headers = [f"GET {path} HTTP/1.1", "Host: localhost", "Connection: keep-alive"]
    if cookie:
        headers.append(f"Cookie: {cookie}")
    if encoding:
        headers.append(f"Accept-Encoding: {encoding}")
    request = ("\r\n".join(headers) + "\r\n\r\n").encode()
    times: list[float] = []
    start = time.perf_counter()
    await asyncio.gather(*(ask(port, request, start + seconds, times) for _ in range(_CONNECTIONS)))
    print(json.dumps({"per_second": len(times) / (time.perf_counter() - start), "answers": len(times)}))


if __name__ == "__main__":
    _, said_port, said_path, said_cookie, said_encoding, said_seconds = sys.argv
    asyncio.run(main(int(said_port), said_path, said_cookie, said_encoding, float(said_seconds)))
