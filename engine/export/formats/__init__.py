"""One file per export format, found by its ``FORMAT``, and the layouts that several of them share."""
