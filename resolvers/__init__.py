"""What a field or a command does: reads first, then commands, a module a domain."""
