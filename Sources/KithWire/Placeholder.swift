// KithWire
