// KithSimulation
