"""Routes of what starts runs by itself: webhooks coming in, their inbox, and the triggers."""
