"""What must hold when the story has been told, each asked of two parties that do not share code."""
