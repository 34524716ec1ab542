import CSodium

extension Ed25519 {
    /// Checks that the installed library refuses points outside the main group; run at start.
    ///
    /// CVE-2025-69277: some builds of libsodium 1.0.18 take a proper point plus the point of
    /// order two for a proper point. Such a key would agree on secrets, and make blinded keys,
    /// that an attacker can recognise. Takes one millisecond.
    /// - Throws: ``CryptoError/unsafeLibrary``; nothing may be signed or agreed on then.
    public static func selfTest() throws(CryptoError) {
        Sodium.initialise()
        guard let base = Bytes32(hex: basePoint), accepts(base) else { throw .unsafeLibrary }
        for text in lowOrderPoints {
            guard let point = Bytes32(hex: text), refuses(point), verifiesNothing(point) else {
                throw .unsafeLibrary
            }
        }
        for text in mixedOrderPoints {
            guard let point = Bytes32(hex: text), refuses(point) else { throw .unsafeLibrary }
        }
    }

    /// The generator (RFC 8032 section 5.1), the positive control of the test.
    static let basePoint = "5866666666666666666666666666666666666666666666666666666666666666"

    /// The multiples of a point T of order eight: all eight points of low order.
    static let lowOrderPoints = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    ]

    /// The generator plus T, 2T, … 7T; the fourth has the order two part of the CVE.
    static let mixedOrderPoints = [
        "98519eadf35b995233b51b5cd23e9cc5a28b639b5a4af0ec903cb960d81b7819",
        "9bad33f580df7ecc49df5342bac8145d5bedc40f573d1b067f3c4ce449689a15",
        "da99e28ba529cdde35a25fba9059e78ecaee239f99755b9b1aa4f65df00803e2",
        "9599999999999999999999999999999999999999999999999999999999999999",
        "55ae61520ca466adcc4ae4a32dc1633a5d749c64a5b50f136fc3469f27e487e6",
        "5252cc0a7f208133b620acbd4537eba2a4123bf0a8c2e4f980c3b31bb69765ea",
        "13661d745ad63221ca5da0456fa618713511dc60668aa464e55b09a20ff7fc1d",
    ]

    /// Whether every function that takes a point takes this one.
    private static func accepts(_ point: Bytes32) -> Bool {
        answers(to: point) == [true, true, true]
    }

    /// Whether every function that takes a point refuses this one.
    private static func refuses(_ point: Bytes32) -> Bool {
        answers(to: point) == [false, false, false]
    }

    private static func answers(to point: Bytes32) -> [Bool] {
        var scalar = [UInt8](repeating: 0, count: 32)
        // Any scalar serves that is odd, so that it leaves the torsion visible, and not one.
        scalar[0] = 3
        var product = [UInt8](repeating: 0, count: 32)
        return point.withPointer { point in
            [
                crypto_core_ed25519_is_valid_point(point) == 1,
                crypto_scalarmult_ed25519_noclamp(&product, scalar, point) == 0,
                crypto_sign_ed25519_pk_to_curve25519(&product, point) == 0,
            ]
        }
    }

    /// Whether the signature that a careless verifier finds good for every message under a
    /// key of low order, R the neutral element and S zero, is refused.
    private static func verifiesNothing(_ point: Bytes32) -> Bool {
        guard let signature = Signature([1] + [UInt8](repeating: 0, count: 63)) else {
            return false
        }
        return !PublicKey(point).verify(signature, over: [])
    }
}
