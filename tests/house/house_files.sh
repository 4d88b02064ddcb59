# Sourced by the house checks: which files are ours.

# The files of the tree under ROOT, relative to it, one a line: those that git
# knows or would take, or, where there is no git, all but build folders.
house_files() # ROOT
{
    (
        cd "$1"
        if [ "$(git rev-parse --show-toplevel 2>/dev/null)" = "$(pwd -P)" ]; then
            git ls-files --cached --others --exclude-standard
        else
            find . -type f ! -path './.git/*' ! -path './build*' | sed 's|^\./||'
        fi
    ) | while IFS= read -r file; do
        # A deleted file is still in git's index.
        if [ -f "$1/$file" ]; then printf '%s\n' "$file"; fi
    done | sort
}
