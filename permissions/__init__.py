"""Who sees what: gates on fields, scopes on rows, and scopes of what a command may change."""
