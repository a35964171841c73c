"""What was signed, stored or handed out once, byte for byte: produced again from fixed keys, and read again."""
