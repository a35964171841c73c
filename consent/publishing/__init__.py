"""From a draft to the published config: checks, approval, browser test, kill switch."""
