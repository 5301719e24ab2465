"""Invented news pages: stories in the page structures of news sites, each with the text that is its article."""
