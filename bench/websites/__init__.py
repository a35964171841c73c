"""Test of the *Install* lines on real websites: tags that run, breakage, recovery after consent."""
