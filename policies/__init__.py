"""What a measure is, whom it is for and what it is worth; pure: no HTTP, SQL, files written, or clock."""
