"""Lucht: an anonymous chat that leads children and parents to help near them."""
