"""What the product has signed, stored or handed out, byte for byte: recreated from fixed keys, and read again."""
