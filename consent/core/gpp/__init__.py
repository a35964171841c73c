"""Global Privacy Platform (IAB Tech Lab): write and read the string for a US visitor's choice. No I/O."""
