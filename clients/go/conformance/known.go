package conformance

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// knownFailures are patterns of names with their reasons.
type knownFailures []knownFailure

type knownFailure struct {
	pattern *regexp.Regexp
	why     string
}

func (k knownFailures) reason(name string) string {
	for _, each := range k {
		if each.pattern.MatchString(name) {
			return each.why
		}
	}
	return ""
}

func readKnown(path string, vectors []Vector) (knownFailures, error) {
	if path == "" {
		return nil, nil
	}
	held, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var known knownFailures
	var faults []error
	for line := range strings.Lines(string(held)) {
		name, why, _ := strings.Cut(line, "#")
		name, why = strings.TrimSpace(name), strings.TrimSpace(why)
		if name == "" {
			continue
		}
		pattern := patternOf(name)
		if why == "" {
			faults = append(faults, fmt.Errorf("%s has no reason", name))
		}
		if !slices.ContainsFunc(vectors, func(each Vector) bool { return pattern.MatchString(each.Name()) }) {
			faults = append(faults, fmt.Errorf("no vector has the name %s", name))
		}
		known = append(known, knownFailure{pattern, why})
	}
	return known, errors.Join(faults...)
}

// patternOf reads a name in which * is anything within one part and ** any number of parts; without a slash it is an id.
func patternOf(name string) *regexp.Regexp {
	if !strings.Contains(name, "/") {
		name = "**/" + name
	}
	parts := strings.Split(name, "/")
	var written strings.Builder
	for i, part := range parts {
		last := i == len(parts)-1
		switch {
		case part == "**" && last:
			written.WriteString(".*")
		case part == "**":
			written.WriteString("(?:[^/]+/)*")
		default:
			written.WriteString(strings.ReplaceAll(regexp.QuoteMeta(part), `\*`, "[^/]*"))
			if !last {
				written.WriteString("/")
			}
		}
	}
	return regexp.MustCompile("^" + written.String() + "$")
}
