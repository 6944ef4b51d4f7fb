"""The words and rules of the gateway. Pure: time, randomness and keys come in as arguments."""
