"""What takes long: crashes under a thousand commands."""
