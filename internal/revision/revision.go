// Package revision tells which git commit a folder is at. A folder goes in; the commit and whether the folder differs from it
// come out. It reads the repository itself and runs no git.
package revision

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
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

// The relations. Unknown: the repository does not have the commit, or not all of the history between.
const (
	Unknown  Relation = iota
	Contains          // the commit is the revision or one of its ancestors
	Lacks             // the revision does not build on the commit
)

// Builds tells whether the revision builds on a commit.
func (r Revision) Builds(on string) (Relation, error) {
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
		return Unknown, nil
	}
	if err != nil {
		return Unknown, fmt.Errorf("read git commit %s: %w", on, err)
	}
	return relation(head, other)
}

func relation(head, other *object.Commit) (Relation, error) {
	builds, err := other.IsAncestor(head)
	switch {
	case errors.Is(err, plumbing.ErrObjectNotFound): // a shallow clone ends before the answer
		return Unknown, nil
	case err != nil:
		return Unknown, fmt.Errorf("walk git history: %w", err)
	case builds:
		return Contains, nil
	default:
		return Lacks, nil
	}
}
