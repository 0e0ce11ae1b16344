"""Networks that write a molecule."""
