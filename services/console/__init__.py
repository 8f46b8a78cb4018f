"""The console: server-rendered pages, and the front door when services run as separate processes."""
