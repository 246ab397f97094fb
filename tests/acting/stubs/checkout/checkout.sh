# Fetches a commit or a branch into a folder and checks it out; keeps the token only when asked to.
set -euo pipefail
mkdir -p "$FOLDER"
cd "$FOLDER"
[ -d .git ] || git init --quiet --template= --initial-branch main .
git remote remove origin 2>/dev/null || true
git remote add origin "$GITHUB_SERVER_URL/$REPOSITORY"
credentials=$(printf 'x-access-token:%s' "$TOKEN" | base64 | tr -d '\n')
header="AUTHORIZATION: basic $credentials"
depth=()
[ "$DEPTH" = 0 ] || depth=("--depth=$DEPTH" --no-tags)
want=$REF
if [ -z "$want" ]; then
    if [ "$REPOSITORY" = "$GITHUB_REPOSITORY" ]; then want=$GITHUB_SHA; else want=HEAD; fi
fi
fetch() {
    GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=http.extraHeader GIT_CONFIG_VALUE_0=$header git fetch --quiet "${depth[@]}" origin "$@"
}
all=()
[ "$DEPTH" != 0 ] || all=('+refs/heads/*:refs/remotes/origin/*' '+refs/tags/*:refs/tags/*')
fetch "${all[@]}" "+$want:refs/wanted"
commit=$(git rev-parse refs/wanted)
git update-ref -d refs/wanted
name=${want#refs/heads/}
if [ -z "$REF" ]; then name=${GITHUB_REF#refs/heads/}; fi
case "$name" in
    refs/* | HEAD) git checkout --quiet --force --detach "$commit" ;;
    *)
        if [ "$name" = "$commit" ]; then
            git checkout --quiet --force --detach "$commit"
        else
            git update-ref "refs/remotes/origin/$name" "$commit"
            git checkout --quiet --force -B "$name" "refs/remotes/origin/$name"
        fi
        ;;
esac
if [ "$PERSIST" = true ]; then
    kept=$RUNNER_TEMP/git-credentials-$$.config
    git config --file "$kept" "http.$GITHUB_SERVER_URL/.extraheader" "$header"
    git config include.path "$kept"
fi
