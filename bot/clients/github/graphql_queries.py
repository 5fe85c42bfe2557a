"""What REST does not have: a line with its pulls, merge commits, reverts, folding comments.

Source: https://docs.github.com/en/graphql/reference
"""

from bot.core.model import Repository

# A pull with what merged it: from 2026-03-10 on REST tells no merge commit any more. It follows
# renames, so the repository's number is asked, too. https://docs.github.com/en/rest/about-the-rest-api/breaking-changes
PULL = """
query ($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    databaseId
    pullRequest(number: $number) {
      number
      title
      author { __typename login }
      baseRefName
      merged
      mergeCommit { oid }
      locked
      labels(first: 100) { nodes { name } }
      state
      headRefOid
    }
  }
}
"""

# A hundred commits with their pulls in one call; `expression` is the branch at first and then the
# tip that was seen, so that pages fit together while the branch moves.
HISTORY = """
query ($owner: String!, $name: String!, $at: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    object(expression: $at) {
      ... on Commit {
        oid
        history(first: 100, after: $after) {
          pageInfo { hasNextPage endCursor }
          nodes {
            oid
            message
            committedDate
            author { user { login } }
            parents(first: 1) { totalCount nodes { oid } }
            associatedPullRequests(first: 5) {
              nodes {
                number
                merged
                baseRefName
                mergeCommit { oid }
                commits(first: 1) { totalCount }
              }
            }
          }
        }
      }
    }
  }
}
"""

PULL_ID = """
query ($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { id } }
}
"""

RECENT_PULLS = """
query ($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) {
    pullRequests(first: 100, orderBy: {field: CREATED_AT, direction: DESC}) {
      nodes { number body author { __typename login } }
    }
  }
}
"""

# Needs `contents: write` besides `pull_requests: write`.
REVERT = """
mutation ($id: ID!, $title: String!, $body: String!) {
  revertPullRequest(input: {pullRequestId: $id, title: $title, body: $body}) {
    revertPullRequest { number }
  }
}
"""

# A comment shown folded, with the reason as GitHub words it; twice is no error.
MINIMIZE = """
mutation ($id: ID!, $classifier: ReportedContentClassifiers!) {
  minimizeComment(input: {subjectId: $id, classifier: $classifier}) {
    minimizedComment { isMinimized }
  }
}
"""

UNMINIMIZE = """
mutation ($id: ID!) {
  unminimizeComment(input: {subjectId: $id}) {
    unminimizedComment { isMinimized }
  }
}
"""


def name_variables(repository: Repository) -> dict[str, str]:
    """A repository as a query's variables name it."""
    owner, _, name = repository.full_name.partition("/")
    return {"owner": owner, "name": name}
