"""What a second person approves is what they read: a draft is named by the hash of its content."""

import hashlib
import json


def content_hash(*parts: object) -> str:
    """SHA-256 of the parts as canonical JSON, in hex: equal content, equal hash."""
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
