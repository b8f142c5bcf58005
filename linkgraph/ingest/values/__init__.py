"""Value types, one file each: ``clean(raw) -> Clean | Reason``."""
