"""A small witness for consent logs (C2SP tlog-witness); it runs on another machine, without database or instance."""
