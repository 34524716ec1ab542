import KithSimulation
import Reporting

extension Request {
    /// What `--help` prints.
    static var manual: String {
        """
        Simulates a network of real nodes, with real cryptography, under virtual time.

        usage: Tools/simulate [--scenario NAME] [options]

          --scenario NAME  what goes wrong, and the goals; steady unless given
          --list           the scenarios, a line each
          --seed S         everything is drawn from it; 7 unless given. With A...B one run
                           for each seed, a line each, until one fails
          --keep-going     goes on after a failure
          --nodes N        participants; 1000 unless given
          --liars P        percent of the participants that lie; 0 unless given
          --churn HABIT    none, ipfs (half of the newcomers gone within 2 h), or hard
                           (Weibull k = 0.38, scale 42 min); none unless given
          --loss P         percent of datagrams lost; 0 unless given
          --latency M±S    one-way delay in ms and its spread, also written M+-S; 20 unless given
          --duplicate P    percent of datagrams that arrive twice
          --reorder P      percent of datagrams held back by up to 2 s
          --people N       people who publish a profile; 50 unless given
          --finds N        finds, and as many searches and lookups; 200 unless given
          --minutes M      virtual time for publishing and searching; 10 unless given
          --json           one line of JSON instead of text
          --help           this

        A scenario has its own network, people and finds; options given besides change them.

        scenarios:
        \(scenarios)

        The scenario hot takes --owners N (100000), --nodes N (200), --searches N (100), --seed
        and --json alone. Its searches are by the popular interest (succeed with 20 people who
        have it), by a rare one, and by both (succeed with the one person who has it first).

        The scenario storer takes --people N (100), --days N (2), --seed and --json alone. It keeps
        every record that any machine stores and looks for whose are whose: strings that two
        records of a person have in common, what all public keys lead to, forms that differ.

        The scenario mixing takes --nodes N (50), --queries N (300), --past-bad N (40), --cells N
        (2000), --seed and --json alone. Queries through the mix over a bad network; past relays
        that drop, replay, flip, tag or delay; and the moments at which cells leave, by the test of
        Kolmogorov and Smirnov.

        The scenario anonymity takes --nodes N (100), --queries N (300), --spies P (20), --seed and
        --json alone. Everybody asks through the mix, once with cover and once without. "linked":
        the guard and an exit of a query are in one hand, for 200 coalitions drawn by chance; beside
        it what chance says. "named": whom the spies (or somebody who watches every line, and knows
        what each exit was asked) think likeliest is the one who asked. Entropy is that of
        what they think, in bits.

        what counts:
          lookup   of a random location by a random machine. Succeeds when the first three
                   nodes found are the true closest three: of the machines that were members
                   all the time and that asker and network let hear each other. "coverage" is
                   the share of the true closest 16 that was found.
          store    one person's publication. Succeeds when a majority of replicas
                   acknowledged the profile with valid receipts; its latency ends there. The
                   index entries that follow are counted on their own.
          find     the read of a published profile by a random other machine. Succeeds when
                   it shows the acknowledged version or a newer one.
          search   by name, by the name with one letter left out, or by three of four
                   interests. Succeeds when the person is among the first 20 hits.
          Finds and searches are only for people whose store succeeded. An operation whose own
          machine goes down does not count. Latencies, hops and requests are those of
          successful operations.

        exit codes: 0 all goals were met and all invariants held, 1 one was not, 2 the command
        line is wrong.
        Two runs with equal arguments print the same trace hash.

        examples:
          Tools/simulate --nodes 1000 --seed 7
          Tools/simulate --nodes 1000 --seed 7 --loss 5 --latency 50±30 --churn ipfs
          Tools/simulate --scenario churn
          Tools/simulate --scenario liars-20 --nodes 200 --seed 1...20
          Tools/simulate --nodes 200 --scenario half --json
          Tools/simulate --scenario hot --owners 100000
          Tools/simulate --scenario storer
          Tools/simulate --scenario mixing
          Tools/simulate --scenario anonymity
        """
    }

    /// What `--list` prints.
    static var scenarios: String {
        let cases = Scenario.allCases.map { line($0.rawValue, $0.summary) }
        let hot = line("hot", "100,000 people with one interest, on 200 nodes")
        let storer = line("storer", "100 people of all levels, and a storer that keeps everything")
        let anonymity = line("anonymity", "who could tell who asked, through the mix and directly")
        let mixing = line("mixing", "mixed queries over a bad network and past bad relays")
        return (cases + [hot, storer, mixing, anonymity]).joined(separator: "\n")
    }

    private static func line(_ name: String, _ summary: String) -> String {
        "    \(name.padded(to: 13))\(summary)"
    }
}
