// KithHost
