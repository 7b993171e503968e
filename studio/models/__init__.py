"""Models and exports that somebody opens: their structure; how they were made, and making them again."""
