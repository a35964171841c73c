"""The demo: a small shop, a stand-in for the hosts of its vendors, and what fills the database for both."""
