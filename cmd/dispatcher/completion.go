package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help says how to use the script.
func (*completionCmd) Help() string {
	return `Put one of these lines where your shell looks when it starts:

~/.bashrc:                   source <(dispatcher completion bash)

~/.zshrc:                    source <(dispatcher completion zsh)

~/.config/fish/config.fish:  dispatcher completion fish | source

Exit codes: 0 printed; 2 a wrong command line.`
}

// Run prints the script. It is made of the command's own description of itself, so that it completes what there is.
func (c *completionCmd) Run(app *kong.Kong, s streams) error {
	write := map[string]func(*kong.Application) string{"bash": bashCompletion, "zsh": zshCompletion,
		"fish": fishCompletion}[c.Shell]
	_, err := io.WriteString(s.out, write(app.Model))
	return err
}

// takesFile reports whether what stands for the value is a file.
func takesFile(f *kong.Flag) bool { return strings.Contains(f.PlaceHolder, "FILE") }

// flagsOf are those of a command and of all.
func flagsOf(app *kong.Application, node *kong.Node) (flags []*kong.Flag) {
	for _, f := range append(append([]*kong.Flag{}, app.Flags...), node.Flags...) {
		if !f.Hidden {
			flags = append(flags, f)
		}
	}
	return flags
}

// words are what a command's argument may be, where it isn't a file; files reports where it is one.
func words(app *kong.Application, node *kong.Node) (all []string, files bool) {
	switch {
	case len(node.Positional) == 0:
		return nil, false
	case node.Name == "help":
		return commands(app), false
	case node.Positional[0].Enum != "":
		return node.Positional[0].EnumSlice(), false
	}
	return nil, true
}

func people(app *kong.Application) (nodes []*kong.Node) {
	for _, node := range app.Children {
		if !node.Hidden {
			nodes = append(nodes, node)
		}
	}
	return nodes
}

func bashCompletion(app *kong.Application) string {
	var b strings.Builder
	names := strings.Join(commands(app), " ")
	fmt.Fprintf(&b, `_dispatcher() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command=serve words='' files='' value='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in %s) command=${COMP_WORDS[i]}; break ;; esac
  done
  case $command in
`, strings.ReplaceAll(names, " ", "|"))
	for _, node := range people(app) {
		var flags, filed, valued []string
		for _, f := range flagsOf(app, node) {
			own := []string{"--" + f.Name}
			if f.Short != 0 {
				own = append(own, "-"+string(f.Short))
			}
			flags = append(flags, own...)
			switch {
			case takesFile(f):
				filed = append(filed, own...)
			case !f.IsBool():
				valued = append(valued, own...)
			}
		}
		list, files := words(app, node)
		fmt.Fprintf(&b, "    %s) words='%s'", node.Name, strings.Join(append(flags, list...), " "))
		if files {
			b.WriteString(" files=yes")
		}
		b.WriteString("\n      case $prev in")
		for _, of := range []struct {
			flags []string
			value string
		}{{filed, "file"}, {valued, "other"}} {
			if len(of.flags) > 0 {
				fmt.Fprintf(&b, " %s) value=%s ;;", strings.Join(of.flags, "|"), of.value)
			}
		}
		b.WriteString(" esac ;;\n")
	}
	fmt.Fprintf(&b, `  esac
  [[ $command = serve && $COMP_CWORD -eq 1 ]] && words+=' %s'
  case $value in
    other) COMPREPLY=() ;;
    file) COMPREPLY=($(compgen -f -- "$cur")) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$cur") $([[ $files && $cur != -* ]] && compgen -f -- "$cur")) ;;
  esac
}
complete -o filenames -F _dispatcher dispatcher
`, names)
	return b.String()
}

func zshCompletion(app *kong.Application) string {
	// What zsh reads within a specification's single quotes, brackets and colons.
	text := strings.NewReplacer("'", `'\''`, "[", `\[`, "]", `\]`, ":", `\:`, `\`, `\\`)
	flags := func(node *kong.Node) string {
		var b strings.Builder
		for _, f := range flagsOf(app, node) {
			value := ""
			switch {
			case takesFile(f):
				value = ":file:_files"
			case !f.IsBool():
				value = ":value: "
			}
			name := "--" + f.Name
			if value != "" {
				name += "="
			}
			fmt.Fprintf(&b, " \\\n      '%s[%s]%s'", name, text.Replace(f.Help), value)
			if f.Short != 0 {
				fmt.Fprintf(&b, " '-%c[%s]%s'", f.Short, text.Replace(f.Help), value)
			}
		}
		return b.String()
	}
	var b strings.Builder
	b.WriteString("#compdef dispatcher\n_dispatcher() {\n  local -a commands=(\n")
	for _, node := range people(app) {
		fmt.Fprintf(&b, "    '%s:%s'\n", node.Name, text.Replace(node.Help))
	}
	b.WriteString("  )\n  local command=serve word\n  for word in $words[2,CURRENT-1]; do\n" +
		"    [[ -n ${(M)commands:#$word:*} ]] && { command=$word; break }\n  done\n" +
		"  if (( CURRENT == 2 )) && [[ $words[CURRENT] != -* ]]; then\n    _describe command commands\n    return\n" +
		"  fi\n  case $command in\n")
	for _, node := range people(app) {
		argument := ""
		if list, files := words(app, node); files {
			argument = ` \` + "\n      '*:file:_files'"
		} else if list != nil {
			argument = fmt.Sprintf(" \\\n      '*:word:(%s)'", strings.Join(list, " "))
		}
		if node.Name != "serve" { // the command's own name is a word that is there already
			argument = " \\\n      '1:command: '" + argument
		}
		fmt.Fprintf(&b, "    %s) _arguments%s%s ;;\n", node.Name, flags(node), argument)
	}
	b.WriteString("  esac\n}\ncompdef _dispatcher dispatcher\n")
	return b.String()
}

func fishCompletion(app *kong.Application) string {
	text := strings.NewReplacer(`\`, `\\`, "'", `\'`)
	var b strings.Builder
	names := strings.Join(commands(app), " ")
	b.WriteString("complete -c dispatcher -f\n")
	for _, node := range people(app) {
		fmt.Fprintf(&b, "complete -c dispatcher -n 'not __fish_seen_subcommand_from %s' -a %s -d '%s'\n", names,
			node.Name, text.Replace(node.Help))
	}
	for _, node := range people(app) {
		seen := "__fish_seen_subcommand_from " + node.Name
		if node.Name == "serve" { // the one that is meant where none is named
			seen += "; or not __fish_seen_subcommand_from " + names
		}
		line := "complete -c dispatcher -n '" + seen + "'"
		for _, f := range flagsOf(app, node) {
			fmt.Fprintf(&b, "%s -l %s", line, f.Name)
			if f.Short != 0 {
				fmt.Fprintf(&b, " -s %c", f.Short)
			}
			switch {
			case takesFile(f):
				b.WriteString(" -r -F")
			case !f.IsBool():
				b.WriteString(" -x")
			}
			fmt.Fprintf(&b, " -d '%s'\n", text.Replace(f.Help))
		}
		if list, files := words(app, node); files {
			b.WriteString(line + " -F\n")
		} else if list != nil {
			fmt.Fprintf(&b, "%s -a '%s'\n", line, strings.Join(list, " "))
		}
	}
	return b.String()
}
