// Package revision tells which git commit a folder is at. A folder goes in; the commit and whether the folder differs from it
// come out. It reads the repository itself and runs no git.
package revision

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
)

// Revision is a commit and the state of the folder around it. The zero value is a folder outside any repository.
type Revision struct {
	Commit string // full hash
	Time   time.Time
	Dirty  bool // tracked files differ, or there are files that git neither tracks nor ignores

	repo *git.Repository
}

// Of reads the revision of the folder, or of the repository around it.
func Of(dir string) (Revision, error) {
	repo, err := git.PlainOpenWithOptions(dir, &git.PlainOpenOptions{DetectDotGit: true, EnableDotGitCommonDir: true})
	if errors.Is(err, git.ErrRepositoryNotExists) {
		return Revision{}, nil
	}
	if err != nil {
		return Revision{}, fmt.Errorf("open git repository of %s: %w", dir, err)
	}
	head, err := repo.Head()
	if errors.Is(err, plumbing.ErrReferenceNotFound) { // nothing was ever committed
		return Revision{Dirty: true}, nil
	}
	if err != nil {
		return Revision{}, fmt.Errorf("read git HEAD of %s: %w", dir, err)
	}
	commit, err := repo.CommitObject(head.Hash())
	if err != nil {
		return Revision{}, fmt.Errorf("read git commit %s: %w", head.Hash(), err)
	}
	tree, err := repo.Worktree()
	if err != nil {
		return Revision{}, fmt.Errorf("read git worktree of %s: %w", dir, err)
	}
	status, err := tree.Status()
	if err != nil {
		return Revision{}, fmt.Errorf("read git status of %s: %w", dir, err)
	}
	return Revision{Commit: head.Hash().String(), Time: commit.Committer.When, Dirty: !status.IsClean(), repo: repo}, nil
}

// Relation is how an older commit and the revision stand to each other.
type Relation int

// The relations. Unknown: there is nothing to compare. The history of a shallow clone may be too short to tell; then the time of
// the commits decides: the revision is Older, or the history only TooShort. Gone: a complete history does not have the commit,
// because it was rewritten, or never pushed.
const (
	Unknown  Relation = iota
	Contains          // the commit is the revision or one of its ancestors
	Lacks             // the revision does not build on the commit
	Older
	TooShort
	Gone
)

// Builds tells whether the revision builds on a commit, which was made at a time; zero: that is not known.
func (r Revision) Builds(on string, at time.Time) (Relation, error) {
	if r.Commit == on && on != "" {
		return Contains, nil
	}
	if r.repo == nil || on == "" {
		return Unknown, nil
	}
	head, err := r.repo.CommitObject(plumbing.NewHash(r.Commit))
	if err != nil {
		return Unknown, fmt.Errorf("read git commit %s: %w", r.Commit, err)
	}
	other, err := r.repo.CommitObject(plumbing.NewHash(on))
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return r.byTime(at)
	}
	if err != nil {
		return Unknown, fmt.Errorf("read git commit %s: %w", on, err)
	}
	builds, err := other.IsAncestor(head)
	switch {
	case errors.Is(err, plumbing.ErrObjectNotFound): // the history ends before the answer
		return r.byTime(other.Committer.When)
	case err != nil:
		return Unknown, fmt.Errorf("walk git history: %w", err)
	case builds:
		return Contains, nil
	default:
		return Lacks, nil
	}
}

// byTime is the relation to a commit that the history does not lead to.
func (r Revision) byTime(at time.Time) (Relation, error) {
	shallow, err := r.repo.Storer.Shallow()
	switch {
	case err != nil:
		return Unknown, fmt.Errorf("read where git history ends: %w", err)
	case len(shallow) == 0:
		return Gone, nil
	case r.Time.Before(at):
		return Older, nil
	default:
		return TooShort, nil
	}
}
