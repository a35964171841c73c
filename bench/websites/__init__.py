"""Public websites as they are, with the lines that *Install* gives: what runs, what breaks, what comes back."""
