package main

const explainHelp = `With a PATH, show where a value of the tree comes from: every layer that set it, low to high, with file, line and column, the
value and what the layer did to it. > marks the one that won. A layer that decided from above, by a null, !replace or a value
in place of a map or list, is shown with the path that it set. For a map or a list, the values in it follow, each with its
place.

A path is written as findings show it: teams.blue.services[0].name, keys with dots as in labels["app.kubernetes.io/name"]. An
item of a list that is merged by key may be named by its key: teams.blue.services.web.name.

What a layer did:
  default          the schema's default
  set              nothing was there before
  replaced         the layer's value took the place of what was there
  merged           a map, merged key by key into the one that was there
  appended, prepended, merged by key
                   a list, joined with the one that was there as the schema's x-merge says
  !replace         a value tagged !replace took the place of what was there
  removed by null  nothing is left of what was there
  kept null        a null that is a value, as below rawValues

A secret value is shown as a fingerprint, secret:3f9a1c…: the same one wherever the value is the same, so that layers and
clusters can be compared. Its key is made anew in every run and forgotten, so nobody can find the value by trying, and
fingerprints of two runs do not compare. With --secrets placeholder there is nothing to compare: the value is "encrypted".

-o json prints one document, {"explanations": [...]}; each has
  path      as above
  clusters  those for which all of this is the same
  value     in the merged tree; absent where nothing is set
  layers    low to high: at {file, line, column}, path if it is one above, value, effect (the words above),
            wins, argument (of --set, unless it sets a secret)
  below     of a map or list: path, value, at
`

const explainObjectHelp = `
With an object, as deployment/team-blue/web or deploy/web, show where it comes from: release, runlevel, chart and template. Each
FIELD, written as findings show it, spec.template.spec.containers[0].image, is led back to
  the line of the template, manifest or patch that wrote it; "release" is the release's namespace, "pipeline" what rendering adds
  the values of the chart that it depends on, with their place in the value template or the chart's own values.yaml
  the values of the tree that it depends on, with their layers as above
That a field depends on a value is found by rendering the release with another one:
  exact     changing this value alone changes the field; "decides" where that takes the field or the object away
  possible  it changes the field only together with others, or the release cannot be rendered with any other value that was tried
"by its name" is a value whose key, such as a team's name, stands in the field. Empty lists and maps are not tried.

-o json prints {"objects": [...]}; each has
  object, clusters, release, runlevel, releaseAt, source (chart, manifests or kustomize), name (of it), at
  fields   path, value, by (template, manifest, patch, kustomize, release, pipeline), at, rewritten (an image, by the cluster's
           images.rewrite), chart, values, incomplete (there was no time to try every value)
  chart    path, value, at, default (the chart's own), certainty, decides
  values   path, value, certainty, decides, named (by its key), layers`
