// Package browser looks at the console with a real browser: Debian's Chromium, headless, against the real program with
// real traffic. Elements are found as assistive technology finds them: by role and name.
package browser
