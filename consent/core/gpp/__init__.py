"""Global Privacy Platform (IAB Tech Lab): the string of a US visitor's choice, written and read. No I/O."""
