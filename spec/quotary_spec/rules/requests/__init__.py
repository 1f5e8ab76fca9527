"""What a request must contain, who may make it, and where it is made. ``assessment`` asks the check of its kind."""
