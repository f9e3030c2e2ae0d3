# SPDX-License-Identifier: Apache-2.0
"""mod_cache in the server itself, keeping all that it may on a disk."""


def use_disk_cache(server):
    """The folder it keeps, and the lines that switch it on."""
    server.modules += ["cache", "cache_disk"]
    cache = server.root / "cache"
    cache.mkdir()
    server.give(cache)
    return cache, f"""
CacheRoot "{cache}"
CacheEnable disk /
CacheQuickHandler off
CacheIgnoreNoLastMod On
CacheDefaultExpire 3600
"""


def kept_in(cache):
    return b"".join(p.read_bytes() for p in cache.rglob("*") if p.is_file())
