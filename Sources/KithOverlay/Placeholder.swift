// KithOverlay
