package revision

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// History is the git repository around a folder.
type History struct {
	Folder string // the folder's path in the repository, slashed; "." for its root
	repo   *git.Repository
}

// ErrNoRepository says that a folder is in no git repository.
var ErrNoRepository = errors.New("it is in no git repository; make it part of one with: git init")

// Open finds the repository around a folder.
func Open(dir string) (*History, error) {
	repo, err := git.PlainOpenWithOptions(dir, &git.PlainOpenOptions{DetectDotGit: true, EnableDotGitCommonDir: true})
	if errors.Is(err, git.ErrRepositoryNotExists) {
		return nil, fmt.Errorf("open git repository of %s: %w", dir, ErrNoRepository)
	}
	if err != nil {
		return nil, fmt.Errorf("open git repository of %s: %w", dir, err)
	}
	work, err := repo.Worktree()
	if err != nil {
		return nil, fmt.Errorf("open git worktree of %s: %w", dir, err)
	}
	folder, err := below(work.Filesystem.Root(), dir)
	if err != nil {
		return nil, fmt.Errorf("open git worktree of %s: %w", dir, err)
	}
	return &History{Folder: folder, repo: repo}, nil
}

// below is the path of a folder in another one, whatever links lead to either.
func below(root, dir string) (string, error) {
	root, err := filepath.EvalSymlinks(root)
	if err != nil {
		return "", err
	}
	if dir, err = filepath.Abs(dir); err != nil { //nolint:forbidigo // go-git looks from there too, and Folder depends on it no more than the repository
		return "", err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return "", err
	}
	rel, err := filepath.Rel(root, dir)
	return filepath.ToSlash(rel), err
}

// Tree is the commit that a revision names: a hash, a branch, a tag, HEAD~1, origin/main. `REV...` is the last commit that
// REV and HEAD have in common.
func (h *History) Tree(rev string) (*Tree, error) {
	name, base := strings.CutSuffix(rev, "...")
	commit, err := h.commit(name)
	if err == nil && base {
		commit, err = h.base(name, commit)
	}
	if err != nil {
		return nil, err
	}
	return &Tree{
		Commit: commit.Hash.String(), root: commit.TreeHash, time: commit.Committer.When,
		objects: h.repo.Storer, folders: map[plumbing.Hash]*object.Tree{}, files: map[plumbing.Hash][]byte{},
	}, nil
}

func (h *History) commit(rev string) (*object.Commit, error) {
	if rev == "" {
		return nil, errors.New("find git revision: no name is given")
	}
	hash, err := h.repo.ResolveRevision(plumbing.Revision(rev))
	if err != nil {
		return nil, h.lacks(rev, err)
	}
	commit, err := h.repo.CommitObject(*hash)
	if err != nil {
		return nil, h.lacks(rev, err)
	}
	return commit, nil
}

// base is the last commit that a revision and HEAD have in common.
func (h *History) base(rev string, commit *object.Commit) (*object.Commit, error) {
	head, err := h.commit("HEAD")
	if err != nil {
		return nil, err
	}
	common, err := commit.MergeBase(head)
	if err != nil {
		return nil, h.lacks(rev+"...", err)
	}
	if len(common) == 0 {
		return nil, h.lacks(rev+"...", fmt.Errorf("%s and HEAD have no commit in common", rev))
	}
	return common[0], nil
}

// lacks says why a revision cannot be had, and what to do about it.
func (h *History) lacks(rev string, err error) error {
	what := err.Error()
	if errors.Is(err, plumbing.ErrReferenceNotFound) || errors.Is(err, plumbing.ErrObjectNotFound) {
		what = "the repository does not have it"
	}
	if shallow, shallowErr := h.repo.Storer.Shallow(); shallowErr == nil && len(shallow) > 0 {
		what += "; the clone is shallow: git fetch --unshallow, or in a workflow fetch-depth: 0"
	} else if remote, branch, ok := strings.Cut(strings.TrimSuffix(rev, "..."), "/"); ok && errors.Is(err, plumbing.ErrReferenceNotFound) {
		what += fmt.Sprintf("; if it is a branch of a remote: git fetch %s %s", remote, branch)
	}
	return fmt.Errorf("find git revision %s: %s", rev, what)
}
