# METADATA
# title: Security contexts
# description: What policies about the security contexts of Pods and their containers share.
package lib.security

import data.lib.pods
import data.lib.types

# malformed are violations for fields of a wrong type on the way to the security contexts: behind them a policy finds
# nothing.
malformed contains finding if some finding in pods.malformed

malformed contains finding if {
	odd
	some finding in contexts
}

# odd: a security context may have a wrong type, as in pods.
odd if not is_object(pods.spec.securityContext)

odd if {
	context := pods.spec[_][_].securityContext
	not is_object(context)
}

contexts contains pods.of_pod("securityContext", sprintf("securityContext %s", [problem])) if {
	problem := types.misfit(pods.spec.securityContext, "object")
}

contexts contains pods.of_container(list, i, "securityContext", sprintf("securityContext %s", [problem])) if {
	some list in pods.lists
	some i, container in pods.spec[list]
	problem := types.misfit(container.securityContext, "object")
}

# added has what is wrong with the capabilities that a container adds, by field. Kubernetes compares them as they are
# written, so CAP_CHOWN is not CHOWN.
added(capabilities, _) := {"securityContext.capabilities": sprintf("capabilities %s", [types.misfit(capabilities, "object")])}

added(capabilities, _) := {"securityContext.capabilities.add": sprintf("capabilities.add %s", [types.misfit(capabilities.add, "array")])}

added(capabilities, allowed) := {sprintf("securityContext.capabilities.add[%d]", [i]): problem |
	some i, capability in capabilities.add
	problem := unwanted(capability, allowed)
} if {
	is_array(capabilities.add)
}

unwanted(capability, allowed) := sprintf("adds the capability %s", [capability]) if {
	is_string(capability)
	not capability in allowed
	not "*" in allowed
}

unwanted(capability, _) := sprintf("a capability %s", [types.misfit(capability, "string")])

unwanted(null, _) := "adds a capability without a name"

# profile is a seccomp or AppArmor profile as parameters write it: RuntimeDefault, Unconfined, Localhost/NAME.
profile(value) := sprintf("Localhost/%v", [object.get(value, "localhostProfile", "")]) if {
	value.type == "Localhost"
} else := value.type if {
	is_string(value.type)
} else := ""

# matches tells whether a pattern is the value, or ends in * and is its beginning before that.
matches(patterns, value) if value in patterns

matches(patterns, value) if {
	some pattern in patterns
	endswith(pattern, "*")
	startswith(value, trim_suffix(pattern, "*"))
}
