"""How the embedded server is set: safe at every commit, modest in memory, ready for many small writes."""

from __future__ import annotations

from collections.abc import Mapping

settings: Mapping[str, str] = {
    "max_connections": "100",
    "shared_buffers": "128MB",
    "effective_cache_size": "512MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    # A commit that was answered is on the disk. This is what the product promises.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    # Many small commits: room for fewer, longer checkpoints, and full-page images compressed.
    "wal_compression": "on",
    "wal_buffers": "16MB",
    "max_wal_size": "2GB",
    "min_wal_size": "160MB",
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
    # One machine, no replicas; managed servers are what DATABASE_URL is for.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum_naptime": "15s",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A week of logs, one file a day, overwritten the week after.
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgres-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
}
