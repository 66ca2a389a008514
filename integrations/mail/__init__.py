"""Mail: made from plain values, and handed to a server, or put into a folder."""
