// KithCrypto
