"""What REST does not have: folding comments and unfolding them.

Source: https://docs.github.com/en/graphql/reference
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
