/// Completion scripts, made from ``VerbTable``.
enum Completion {
    /// The script for a shell: `bash`, `zsh` or `fish`; nil for any other.
    static func script(for shell: String) -> String? {
        switch shell {
        case "bash": bash
        case "zsh": zsh
        case "fish": fish
        default: nil
        }
    }

    /// A word in single quotes, safe in all three shells.
    private static func quoted(_ text: String) -> String {
        "'" + text.replacing("'", with: "'\\''") + "'"
    }

    /// Words that can follow `help`.
    private static var topics: [String] {
        VerbTable.firstWords.filter { $0 != "help" } + Topic.all.map(\.name)
    }

    /// Words that can follow a verb.
    private static func words(after verb: Verb) -> [String] {
        verb.words == ["help"] ? topics : verb.parameters.flatMap(\.choices)
    }

    private static var valueFlags: [Flag] {
        var seen: [String] = []
        return (VerbTable.globals + VerbTable.verbs.flatMap(\.flags)).filter { flag in
            guard flag.value != nil, !seen.contains(flag.name) else { return false }
            seen.append(flag.name)
            return true
        }
    }

    // MARK: bash

    private static var bash: String {
        var lines = [
            "# Completion of kith for bash; made by 'kith completion bash'.",
            "_kith() {",
            "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}",
            "    local words=() word skip='' flags='' next=''",
            "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do",
            "        if [ -n \"$skip\" ]; then skip=''; continue; fi",
            "        case $word in",
            "            \(valueFlags.map { "--\($0.name)" }.joined(separator: "|"))) skip=1 ;;",
            "            -*) ;;",
            "            *) words+=(\"$word\") ;;",
            "        esac",
            "    done",
            "    case $previous in",
        ]
        for flag in valueFlags {
            let action =
                switch flag.value {
                case .choice(_, let choices):
                    "COMPREPLY=($(compgen -W '\(choices.joined(separator: " "))' -- \"$current\"))"
                case .directory: "COMPREPLY=($(compgen -d -- \"$current\"))"
                case .file: "COMPREPLY=($(compgen -f -- \"$current\"))"
                default: "COMPREPLY=()"
                }
            lines.append("        --\(flag.name)) \(action); return ;;")
        }
        lines += ["    esac", "    case \"${words[*]}\" in"]
        lines += bashCases
        let globals = VerbTable.globals.map { "--\($0.name)" }.joined(separator: " ")
        lines += [
            "    esac",
            "    case $current in",
            "        -*) COMPREPLY=($(compgen -W \"$flags \(globals)\" -- \"$current\")) ;;",
            "        *) COMPREPLY=($(compgen -W \"$next\" -- \"$current\")) ;;",
            "    esac",
            "}",
            "complete -F _kith kith",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    /// What may follow, by the words so far.
    private static var bashCases: [String] {
        var lines = [
            "        '') next='\(VerbTable.firstWords.joined(separator: " "))' ;;"
        ]
        for group in VerbTable.groups {
            let members = VerbTable.members(of: group).map { $0.words[1] }
            let flags = (VerbTable.verb([group])?.flags ?? []).map { "--\($0.name)" }
                .joined(separator: " ")
            lines.append(
                "        \(quoted(group))) flags='\(flags)'; "
                    + "next='\(members.joined(separator: " "))' ;;")
        }
        for verb in VerbTable.verbs where !VerbTable.groups.contains(verb.name) {
            let flags = verb.flags.map { "--\($0.name)" }.joined(separator: " ")
            let next = words(after: verb).joined(separator: " ")
            let name = quoted(verb.name)
            lines.append("        \(name)) flags='\(flags)'; next='\(next)' ;;")
            lines.append("        \(name)' '*) flags='\(flags)' ;;")
        }
        return lines
    }

    // MARK: zsh

    private static var zsh: String {
        var lines = [
            "#compdef kith", "# Completion of kith for zsh; made by 'kith completion zsh'.", "",
            "_kith() {", "    local curcontext=\"$curcontext\" state line", "    local -a verbs",
            "    _arguments -C \\",
        ]
        lines += VerbTable.globals.map { "        \(zshFlag($0)) \\" }
        lines += ["        '1: :->verb' '*:: :->rest'", "    case $state in", "    verb)"]
        lines.append("        verbs=(")
        for word in VerbTable.firstWords {
            let summary =
                VerbTable.verb([word])?.summary
                ?? VerbTable.members(of: word).map { $0.words[1] }.joined(separator: ", ")
            lines.append("            \(quoted("\(word):\(summary)"))")
        }
        lines += ["        )", "        _describe command verbs ;;", "    rest)"]
        lines.append("        case $line[1] in")
        for word in VerbTable.firstWords {
            lines.append("        \(word))")
            if let verb = VerbTable.verb([word]), !VerbTable.groups.contains(word) {
                lines.append("            " + zshArguments(of: verb) + " ;;")
            } else {
                lines += zshGroup(word)
            }
        }
        lines += ["        esac ;;", "    esac", "}", "", "_kith \"$@\""]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func zshGroup(_ group: String) -> [String] {
        let members = VerbTable.members(of: group)
        let described = members.map { quoted("\($0.words[1]):\($0.summary)") }
        var lines = [
            "            if (( CURRENT == 2 )); then",
            "                verbs=(\(described.joined(separator: " ")))",
            "                _describe command verbs",
            "            else",
            "                shift words; (( CURRENT-- ))",
            "                case $words[1] in",
        ]
        for member in members {
            lines.append("                \(member.words[1])) \(zshArguments(of: member)) ;;")
        }
        return lines + ["                esac", "            fi ;;"]
    }

    private static func zshArguments(of verb: Verb) -> String {
        var parts = (verb.flags + VerbTable.globals).map(zshFlag)
        let words = words(after: verb)
        if !words.isEmpty {
            parts.append(quoted("1:\(verb.parameters[0].name):(\(words.joined(separator: " ")))"))
        }
        return "_arguments " + parts.joined(separator: " ")
    }

    private static func zshFlag(_ flag: Flag) -> String {
        let summary = flag.summary.replacing("[", with: "(").replacing("]", with: ")")
            .replacing(":", with: "\\:")
        let action: String =
            switch flag.value {
            case .none: ""
            case .choice(let name, let choices):
                ":\(name):(\(choices.joined(separator: " ")))"
            case .directory: ":DIR:_directories"
            case .file: ":FILE:_files"
            case .some(let value): ":\(value.name): "
            }
        let star = flag.repeats ? "*" : ""
        return quoted("\(star)--\(flag.name)[\(summary)]\(action)")
    }

    // MARK: fish

    private static var fish: String {
        var lines = [
            "# Completion of kith for fish; made by 'kith completion fish'.",
            "function __kith_words",
            "    set -l skip 0",
            "    for word in (commandline -opc)[2..]",
            "        if test $skip = 1",
            "            set skip 0",
            "            continue",
            "        end",
            "        switch $word",
            "            case \(valueFlags.map { "--\($0.name)" }.joined(separator: " "))",
            "                set skip 1",
            "            case '-*'",
            "            case '*'",
            "                echo $word",
            "        end",
            "    end",
            "end",
            "function __kith_at",
            "    set -l words (__kith_words)",
            "    test \"$words\" = \"$argv\"",
            "end",
            "function __kith_in",
            "    string match -q -- \"$argv*\" (string join ' ' (__kith_words))",
            "end",
            "complete -c kith -f",
        ]
        lines += VerbTable.globals.map { fishFlag($0, condition: nil) }
        for word in VerbTable.firstWords {
            let summary =
                VerbTable.verb([word])?.summary
                ?? VerbTable.members(of: word).map { $0.words[1] }.joined(separator: ", ")
            lines.append("complete -c kith -n __kith_at -a \(word) -d \(fishQuoted(summary))")
        }
        for group in VerbTable.groups {
            for member in VerbTable.members(of: group) {
                lines.append(
                    "complete -c kith -n '__kith_at \(group)' -a \(member.words[1]) "
                        + "-d \(fishQuoted(member.summary))")
            }
        }
        for verb in VerbTable.verbs {
            lines += verb.flags.map { fishFlag($0, condition: "__kith_in \(verb.name)") }
            let words = words(after: verb)
            if !words.isEmpty {
                lines.append(
                    "complete -c kith -n '__kith_at \(verb.name)' -a "
                        + "'\(words.joined(separator: " "))'")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A text in single quotes as fish reads them.
    private static func fishQuoted(_ text: String) -> String {
        "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }

    private static func fishFlag(_ flag: Flag, condition: String?) -> String {
        var line = "complete -c kith"
        if let condition { line += " -n '\(condition)'" }
        line += " -l \(flag.name)"
        switch flag.value {
        case .none: break
        case .choice(_, let choices): line += " -x -a '\(choices.joined(separator: " "))'"
        case .directory: line += " -x -a '(__fish_complete_directories)'"
        case .file: line += " -r -F"
        case .some: line += " -x"
        }
        return line + " -d \(fishQuoted(flag.summary))"
    }
}
