"""Telling enterprises what is for them: the job after a publication, and the inbox."""
