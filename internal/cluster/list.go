package cluster

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/otomi/kubectl-otomi/internal/object"
)

// each calls visit for every object of a kind, in all namespaces or, where that is forbidden, in the given ones.
func (c *Client) each(ctx context.Context, s served, namespaces []string, selector string, visit func(object.ID, *metav1.ObjectMeta)) error {
	err := c.eachIn(ctx, s, metav1.NamespaceAll, selector, visit)
	if !apierrors.IsForbidden(err) || !s.namespaced {
		return err
	}
	for _, ns := range namespaces {
		if ns == "" {
			continue
		}
		if err := c.eachIn(ctx, s, ns, selector, visit); err != nil {
			return err
		}
	}
	return nil
}

func (c *Client) eachIn(ctx context.Context, s served, namespace, selector string, visit func(object.ID, *metav1.ObjectMeta)) error {
	options := metav1.ListOptions{LabelSelector: selector, Limit: pageSize}
	for {
		var page *metav1.PartialObjectMetadataList
		err := c.retry(ctx, func() (err error) {
			page, err = c.metadata.Resource(s.resource).Namespace(namespace).List(ctx, options)
			return err
		})
		if apierrors.IsNotFound(err) || apierrors.IsMethodNotSupported(err) {
			return nil
		}
		if apierrors.IsResourceExpired(err) && options.Continue != "" {
			options.Continue = "" // the snapshot is gone: from the start, in one piece
			options.Limit = 0
			continue
		}
		if err != nil {
			return fmt.Errorf("list %s: %w", s.resource.GroupResource(), err)
		}
		for i := range page.Items {
			m := &page.Items[i].ObjectMeta
			visit(s.id(m), m)
		}
		if options.Continue = page.Continue; options.Continue == "" {
			return nil
		}
	}
}

// getMeta reads the metadata of one object; nil when it does not exist.
func (c *Client) getMeta(ctx context.Context, s served, id object.ID) (*metav1.ObjectMeta, error) {
	var got *metav1.PartialObjectMetadata
	err := c.retry(ctx, func() (err error) {
		got, err = c.metadata.Resource(s.resource).Namespace(id.Namespace).Get(ctx, id.Name, metav1.GetOptions{})
		return err
	})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", id, err)
	}
	return &got.ObjectMeta, nil
}

// getObject reads one object in full; nil when it does not exist.
func (c *Client) getObject(ctx context.Context, s served, id object.ID) (*unstructured.Unstructured, error) {
	var u *unstructured.Unstructured
	err := c.retry(ctx, func() (err error) {
		u, err = c.dynamic.Resource(s.resource).Namespace(id.Namespace).Get(ctx, id.Name, metav1.GetOptions{})
		return err
	})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", id, err)
	}
	return u, nil
}

// eachObject calls visit for every object of a kind in full, in all namespaces or, where that is forbidden, in the given ones.
func (c *Client) eachObject(ctx context.Context, s served, namespaces []string, selector string, visit func(*unstructured.Unstructured)) error {
	err := c.eachObjectIn(ctx, s, metav1.NamespaceAll, selector, visit)
	if !apierrors.IsForbidden(err) || !s.namespaced {
		return err
	}
	for _, ns := range namespaces {
		if ns == "" {
			continue
		}
		if err := c.eachObjectIn(ctx, s, ns, selector, visit); err != nil {
			return err
		}
	}
	return nil
}

func (c *Client) eachObjectIn(ctx context.Context, s served, namespace, selector string, visit func(*unstructured.Unstructured)) error {
	options := metav1.ListOptions{LabelSelector: selector, Limit: pageSize}
	for {
		var page *unstructured.UnstructuredList
		err := c.retry(ctx, func() (err error) {
			page, err = c.dynamic.Resource(s.resource).Namespace(namespace).List(ctx, options)
			return err
		})
		switch {
		case apierrors.IsNotFound(err):
			return nil
		case apierrors.IsResourceExpired(err) && options.Continue != "":
			options.Continue, options.Limit = "", 0
			continue
		case err != nil:
			return fmt.Errorf("list %s: %w", s.resource.GroupResource(), err)
		}
		for i := range page.Items {
			visit(&page.Items[i])
		}
		if options.Continue = page.GetContinue(); options.Continue == "" {
			return nil
		}
	}
}
