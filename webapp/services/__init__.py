"""Writes: one public function is one transaction."""
