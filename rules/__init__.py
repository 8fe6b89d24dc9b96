"""The regulation as pure functions, tables and refusals: no input, no output, no clock of its own."""
